"""Addresses of every room. The only list of them."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("gongbu.ground.registers.urls")),
    path("", include("gongbu.ground.ledger.urls")),
]

handler400 = "gongbu.ground.registers.errors.bad_request"
handler403 = "gongbu.ground.registers.errors.forbidden"
handler404 = "gongbu.ground.registers.errors.not_found"
handler500 = "gongbu.ground.registers.errors.server_error"
