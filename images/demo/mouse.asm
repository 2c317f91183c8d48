page_mouse: ret
