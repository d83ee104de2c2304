"""Lays out the files of the Debian package: reads `cargo metadata` from standard input, writes into the
folder that is named. The table [package.metadata.deb] is that of cargo-deb."""

import glob
import json
import os
import shutil
import sys

root = sys.argv[1]
metadata = json.load(sys.stdin)
package = next(it for it in metadata["packages"] if it["name"] == "kassette")
deb = package["metadata"]["deb"]
profile = os.environ["PROFILE"]
built = os.path.join(metadata["target_directory"], "debug" if profile == "dev" else profile)

size = 0
for source, target, mode in deb["assets"]:
    # As in cargo-deb: target/release stands for wherever the build is.
    if source.startswith("target/release/"):
        source = os.path.join(built, os.path.basename(source))
    found = glob.glob(source)
    if not found:
        sys.exit(f"there is no {source}")
    for path in found:
        place = os.path.join(root, target)
        if target.endswith("/"):
            place = os.path.join(place, os.path.basename(path))
        os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
        shutil.copyfile(path, place)
        os.chmod(place, int(mode, 8))
        size += os.path.getsize(place)

control = os.path.join(root, "DEBIAN")
os.makedirs(control, mode=0o755)
for path in glob.glob(os.path.join(deb["maintainer-scripts"], "*")):
    place = os.path.join(control, os.path.basename(path))
    shutil.copyfile(path, place)
    os.chmod(place, 0o755)
with open(os.path.join(control, "conffiles"), "w", encoding="utf-8") as file:
    file.writelines(f"{path}\n" for path in deb["conf-files"])
about = "".join(f" {line or '.'}\n" for line in deb["extended-description"].strip().splitlines())
with open(os.path.join(control, "control"), "w", encoding="utf-8") as file:
    file.write(
        f"Package: kassette\n"
        f"Version: {os.environ['VERSION'] or package['version']}\n"
        f"Architecture: {os.environ['ARCH']}\n"
        f"Maintainer: {deb['maintainer']}\n"
        f"Section: {deb['section']}\n"
        f"Priority: {deb['priority']}\n"
        f"Installed-Size: {size // 1024 + 1}\n"
        f"Depends: {deb['depends']}\n"
        f"Description: {package['description']}\n{about}"
    )
os.chmod(root, 0o755)
