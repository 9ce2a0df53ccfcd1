"""Spreadsheets of people: upload, mapping, dry run, run, undo. Imports nothing: the reader is a bare child process."""
