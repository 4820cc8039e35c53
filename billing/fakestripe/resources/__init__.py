"""The API's endpoints, a module per family; each lists its ROUTES."""
