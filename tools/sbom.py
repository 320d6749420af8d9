"""What `make build` made, as a bill of materials (CycloneDX 1.6) in .aws-sam/sbom.json.

The same build makes the same bytes: it has neither a time nor a random number.
"""

import json
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from tools.packages import LOCKS, Package, locked, package

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".aws-sam/build"
TARGET = ROOT / ".aws-sam/sbom.json"


def built(folder: Path, names: Iterable[str]) -> dict[str, Package]:
    """By canonical name, of every layer below `folder`. Raises packages.Unknown.

    `names`: of those which may be there as a folder without metadata, as a part of them is.
    """
    paths = sorted(str(path) for path in folder.glob("*/python"))
    found = {one.key: one for one in map(package, metadata.distributions(path=paths))}
    parts = [name for name in names if name not in found and any(folder.glob(f"*/python/{name}"))]
    return found | {name: package(metadata.distribution(name)) for name in parts}


def bill(packages: Iterable[Package], hashes: dict[str, tuple[str, list[str]]]) -> str:
    """`hashes`: as `packages.locked` has them, of whichever of these wheels was unpacked."""
    known = sorted(packages, key=lambda one: one.key)
    errand = Component(
        name="errand",
        type=ComponentType.APPLICATION,
        version=metadata.version("errand"),
        licenses=[LicenseFactory().make_from_string("MIT")],
        bom_ref="errand",
    )
    components = {one.key: _component(one, hashes[one.key][1]) for one in known}
    bom = Bom(components=components.values())
    bom.metadata.component = errand
    bom.register_dependency(errand, components.values())
    for one in known:
        needs = (components[name] for name in sorted(one.needs) if name in components)
        bom.register_dependency(components[one.key], needs)
    content = json.loads(JsonV1Dot6(bom).output_as_string())
    content["metadata"].pop("timestamp")
    content.pop("serialNumber")
    text = json.dumps(content, sort_keys=True)
    content["serialNumber"] = uuid5(NAMESPACE_URL, text).urn
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write it, and tell how much is in it."""
    hashes = {name: pin for lock in sorted(LOCKS.iterdir()) for name, pin in locked(lock).items()}
    packages = built(BUILD, hashes)
    if not packages:
        print("sbom: nothing is built: `make build` comes first", file=sys.stderr)
        return 1
    TARGET.write_text(bill(packages.values(), hashes))
    print(f"{TARGET.relative_to(ROOT)}: {len(packages)} components")
    return 0


def _component(one: Package, hashes: Iterable[str]) -> Component:
    purl = PackageURL("pypi", None, one.key, one.version)
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=purl.to_string(),
        licenses=[LicenseFactory().make_from_string(one.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes],
    )


if __name__ == "__main__":
    sys.exit(main())
