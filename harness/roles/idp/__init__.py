"""The sample authorization server: Authlib's grants behind a thin Starlette adapter, strict by default."""
