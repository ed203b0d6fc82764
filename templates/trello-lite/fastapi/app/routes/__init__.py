"""Routes: one module for each group of paths. They translate between HTTP and the services."""
