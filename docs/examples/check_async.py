import asyncio

from harness import Harness


async def main() -> None:
    async with Harness() as harness:
        report = await harness.acheck(surface="popup", flow="implicit")
    print(report.as_json())


asyncio.run(main())
