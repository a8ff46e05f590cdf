from harness import Config, Harness

with Harness(Config()) as harness:
    report = harness.check(surface="embedded", flow=["code", "code-pkce"])

for case in report.cases:
    print(case.id, case.outcome, [found.code for found in case.findings])
print(report.summary.passed, "of", report.summary.cases, "passed")
