"""API kit: paging, problem documents, idempotency, logs."""
