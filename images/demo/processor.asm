page_processor: ret
