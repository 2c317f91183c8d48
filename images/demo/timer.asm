page_timer: ret
