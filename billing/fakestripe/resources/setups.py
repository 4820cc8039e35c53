"""Setup intents: cards saved for later, by Checkout in setup mode."""

from billing.fakestripe.resources.routing import index, retrieve

PATH = "/v1/setup_intents"
ROUTES = [
    index(PATH, "setup_intent", "setup_intent_list"),
    retrieve(PATH, "setup_intent"),
]
