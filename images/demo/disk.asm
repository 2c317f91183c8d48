page_disk: ret
