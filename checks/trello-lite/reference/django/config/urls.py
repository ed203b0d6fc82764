"""Paths: everything belongs to the API."""

from django.urls import path

from board.api import api

urlpatterns = [path("", api.urls)]
