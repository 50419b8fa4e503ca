"""Reports: neutral blocks, their check, their stored form, and the PDF and HTML made from them."""
