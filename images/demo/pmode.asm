page_pmode: ret
