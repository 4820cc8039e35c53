"""The hosted pages a person clicks: checkout, portal, invoice, and the overview."""
