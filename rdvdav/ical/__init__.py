"""iCalendar texts (RFC 5545, 5546): everything that calendar programs read, made from plain values.

Pure: no table, no setting, no clock. Equal values give equal bytes, whenever and wherever they are rendered (K-2, K-4).
"""
