from harness import Case, Harness

broken = Case(surface="embedded", flow="implicit", fault="exp-past")

with Harness() as harness, harness.open(broken) as opened:
    print(opened.outcome, opened.code)  # refused claims.expired
    for found in opened.findings:
        print(found.role, "at the", found.party, "must act:", found.fix)
    print(opened.window.status.inner_text())  # a plain Playwright locator
    for event in opened.timeline.of("page_method.answered"):
        print(event.data["token"]["shape"])  # jws
