"""Kajing 卡经: a workbench for bank credit-card account managers."""

__version__ = "0.1.0"
