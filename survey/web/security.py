"""The security headers of every answer."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache

from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

YEAR_SECONDS = 31_536_000


def make_headers(
    *, styles: Iterable[str] = (), scripts: Iterable[str] = (), installable: bool = False
) -> dict[str, str]:
    """Return the headers of a page whose inline styles and scripts are exactly these texts.

    An installable page may have a service worker and a manifest of ours.
    """
    return dict(_headers(tuple(styles), tuple(scripts), installable))


@cache
def _headers(styles: tuple[str, ...], scripts: tuple[str, ...], installable: bool) -> Mapping[str, str]:
    policy = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
        .img_src("'self'", "data:")
        .connect_src("'self'")
        .style_src("'self'", *(_source(text) for text in styles))
        .script_src("'self'", *(_source(text) for text in scripts))
    )
    if installable:
        policy.worker_src("'self'").manifest_src("'self'")
    return _secure(policy).headers


def _secure(policy: ContentSecurityPolicy) -> Secure:
    return Secure(
        csp=policy,
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy().geolocation().camera().microphone(),
        referrer=ReferrerPolicy().no_referrer(),
        xcto=XContentTypeOptions(),
        xfo=XFrameOptions().deny(),
    )


def transport_headers(*, subdomains: bool = False) -> dict[str, str]:
    """Return what binds browsers to https; RFC 6797, 7.2 forbids sending it over plain http.

    With `subdomains` it binds every host below this one too, whoever runs it: only for whoever asks for that.
    """
    policy = StrictTransportSecurity().max_age(YEAR_SECONDS)
    return dict(Secure(hsts=policy.include_subdomains() if subdomains else policy).headers)


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
