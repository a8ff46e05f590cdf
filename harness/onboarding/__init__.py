"""A brand's own check: first look, learning run, confirmed causes, and what it all says of each surface."""

from harness.onboarding.check import onboard as onboard
