"""A small stateful stand-in for Stripe's API, hosted pages and webhooks.

For development, the demo and tests. It is plain standard library, speaks API version
2026-08-26.dahlia to the unmodified stripe-python, and refuses to start in production.
"""
