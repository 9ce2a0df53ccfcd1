"""Complaints, queries and suggestions of customers: intake, two clocks, answer, cause and redress."""
