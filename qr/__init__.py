"""QR codes and the paper they are printed on. Knows addresses and paper, nothing of surveys.

`qr.codes` draws one code as SVG or PNG; `qr.posters` sets posters, table tents and stickers as one PDF.
"""
