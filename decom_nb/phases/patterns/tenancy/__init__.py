"""Several tenants in one platform: where the tenant's column has to stand, and where it does not."""
