"""Dashboards as code: built with Grafana's own types, checked in as JSON, provisioned by docker-compose.yml."""
