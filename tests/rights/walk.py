"""The walk itself: every staff page of every app, found by the mark that `staff_page` puts on its view."""

from collections.abc import Collection, Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from municipalities.access import is_staff_page
from municipalities.models import StaffMember
from tests.house import our_apps
from tests.rights.posts import posted
from tests.rights.samples import SAMPLES
from tests.rights.table import NAMES_EVERY_PLACE
from tests.rights.world import World

#: Looking leaves a trace, which is the point of it; what ours keep of sessions is not a matter of rights.
LOOKED_AT = {"municipalities.ReadTrace"}


def _views(
    resolver: URLResolver, space: str = "", path: str = "", module: str = ""
) -> Iterator[tuple[str, str, str, Any]]:
    """Name, path, module of addresses and view of everything the site answers."""
    for pattern in resolver.url_patterns:
        where = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inside = ":".join(filter(None, (space, pattern.namespace or "")))
            yield from _views(pattern, inside, where, getattr(pattern.urlconf_module, "__name__", module))
        elif isinstance(pattern, URLPattern):
            yield f"{space}:{pattern.name or where}", where, module, pattern.callback


def names() -> list[str]:
    """Names of all addresses, of whatever kind."""
    return sorted({name for name, *_rest in _views(get_resolver())})


def addresses() -> list[str]:
    """Names of all staff pages, whichever app they belong to."""
    return sorted({name for name, _path, _module, view in _views(get_resolver()) if is_staff_page(view)})


def without_samples() -> list[str]:
    """Staff pages that the walk cannot ask for, because the rights table does not know them."""
    return sorted(set(addresses()) - set(SAMPLES))


def unguarded() -> list[str]:
    """Addresses that lie among the agents' pages and do not ask who comes."""
    return sorted(
        f"{name} {path}"
        for name, path, module, view in _views(get_resolver())
        if (path.startswith("agents/") or module.endswith(".staff_urls")) and not is_staff_page(view)
    )


def signed_in(staff: StaffMember | None) -> Client:
    client = Client()
    if staff is not None:
        client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all our tables."""
    models = [
        model
        for app in our_apps()
        for model in app.get_models(include_auto_created=True)
        if model._meta.label not in LOOKED_AT
    ]
    return {
        model._meta.label: sorted(
            (
                {name: value for name, value in row.items() if name != "last_login"}
                for row in model._default_manager.values()
            ),
            key=lambda row: str(row.get("id")),
        )
        for model in models
    }


def walk_as_stranger(world: World, *, meets: Collection[str] = (), only: Collection[str] = ()) -> None:
    """`meets` names pages that answer this stranger all the same, with nothing of the world in them.

    `only`: pages of these spaces (« commission ») or of these names, where the walk need not be whole.
    """
    client = signed_in(world.stranger)
    before, secrets = everything(), set(world.secrets)
    for name in addresses():
        if only and not {name, name.split(":")[0]} & set(only):
            continue
        arguments, sent = SAMPLES[name](world), posted(name, world)
        # What one has typed oneself comes back in a form.
        hidden = secrets - {str(value) for value in sent.values()}
        if name in NAMES_EVERY_PLACE:
            hidden -= {world.hall.name, world.town.name}
        address = reverse(name, args=arguments)
        for answer in (client.get(address), client.post(address, sent)):
            if arguments and name not in meets:
                assert answer.status_code in (403, 404, 405), f"{name} answered a stranger with {answer.status_code}"
            else:
                assert answer.status_code in (200, 302, 403, 404, 405), f"{name}: {answer.status_code}"
            body = answer.content.decode()
            for secret in hidden:
                assert secret not in body, f"{name} told a stranger « {secret} »"
    for asked in ("Introuvable", world.appointment.reference, "Odile"):
        found = client.get(reverse("counter:find"), {"q": asked}).content.decode()
        assert reverse("counter:day", args=[world.hall.pk]) not in found
        for secret in secrets - {asked}:
            assert secret not in found, f"looking for « {asked} » told a stranger « {secret} »"
    assert everything() == before, "a stranger changed something"
