page_keyboard: ret
