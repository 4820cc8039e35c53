"""The sections of the demo's home page, from home.<language>.yaml."""

from collections.abc import Callable
from typing import Any

from wagtail.images.models import Image

from website.demo_files import Block, block, listed, paragraph

type Content = dict[str, Any]
type Resolve = Callable[[str], Any]  # target -> page, or None while it is not there


def sections(
    content: Content, *, image: Image, courses: list[int], resolve: Resolve, home: str
) -> list[Block]:
    """The raw value of HomePage.body; home is where a link leads until its page exists."""

    def link(action: dict[str, str] | None) -> Content:
        if action is None:
            return {"label": "", "page": None, "address": ""}
        page = resolve(action["target"])
        return {
            "label": action["label"],
            "page": page.pk if page else None,
            "address": "" if page else home,
        }

    return [
        block("hero", hero(content["hero"], image, link), "hero"),
        block("courses", featured(content["courses"], courses), "courses"),
        block("outcomes", outcomes(content["outcomes"]), "outcomes"),
        block("steps", steps(content["method"]), "steps"),
        block("proof", proof(content["proof"]), "proof"),
        block("people", people(content["instructors"]), "people"),
        block("call_to_action", pricing(content["pricing"], link), "pricing"),
        block("questions", questions(content["faq"]), "questions"),
    ]


def hero(part: Content, image: Image, link: Callable[[Any], Content]) -> Content:
    return {
        "eyebrow": "",
        "heading": part["headline"],
        "text": part["lead"],
        "action": link(part["primary_action"]),
        "second_action": link(part["secondary_action"]),
        "image": {
            "image": image.pk,
            "alt_text": part["image_alt"],
            "decorative": False,
        },
    }


def featured(part: Content, courses: list[int]) -> Content:
    return {
        "heading": part["heading"],
        "text": part["lead"],
        "pages": listed(list(courses), "courses"),
        "link": {"label": "", "page": None, "address": ""},
    }


def outcomes(part: Content) -> Content:
    return {
        "heading": part["heading"],
        "text": "",
        "outcomes": listed(part["items"], "outcomes"),
    }


def steps(part: Content) -> Content:
    return {"heading": part["heading"], "steps": listed(part["steps"], "steps")}


def proof(part: Content) -> Content:
    lists = [
        {
            "title": part[name]["heading"],
            "kind": kind,
            "items": listed(part[name]["items"], f"proof/{name}"),
        }
        for name, kind in (("measured", "yes"), ("not_promised", "no"))
    ]
    return {
        "heading": part["heading"],
        "text": part["lead"],
        "lists": listed(lists, "proof"),
    }


def people(part: Content) -> Content:
    persons = [
        {
            "name": person["name"],
            "role": person["role"],
            "text": person["bio"],
            "image": None,
        }
        for person in part["people"]
    ]
    return {
        "heading": part["heading"],
        "people": listed(persons, "people"),
        "note": part.get("note", ""),
    }


def pricing(part: Content, link: Callable[[Any], Content]) -> Content:
    return {
        "heading": part["heading"],
        "text": part["lead"],
        "action": link(part["action"]),
    }


def questions(part: Content) -> Content:
    items = [
        {"question": item["question"], "answer": paragraph(item["answer"])}
        for item in part["items"]
    ]
    return {"heading": part["heading"], "questions": listed(items, "questions")}
