"""rdvdav: appointments of a public service, in the calendars people already use.

This package is the core: it knows neither Flask nor Radicale. The doors are `web/rdvdav_web` and `plugins/rdvdav_radicale`.
"""
