# For the scripts beside this file. SUITES_CACHE: a folder that stays; KAFKA_PORT: where the broker listens on 127.0.0.1.
set -euo pipefail
export GOFLAGS='-mod=mod -buildvcs=false' GOMAXPROCS=${GOMAXPROCS:-2}
cd "$SUITES_CACHE"

# go_source MODULE VERSION NAME: a writable copy of a module's source in $SUITES_CACHE/NAME, as it was published, each time
go_source() {
  local dir
  dir=$(go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  mkdir -p "$3" && cp -r "$dir/." "$3" && chmod -R u+w "$3" && cd "$3"
}

# crate_source NAME VERSION: a writable copy of a crate's source in $SUITES_CACHE/NAME, its tests as they were published each time
crate_source() {
  local crate=$SUITES_CACHE/$1-$2.crate
  if [ ! -e "$crate" ]; then
    local fetch=$SUITES_CACHE/$1.fetch
    rm -rf "$fetch" "$1" && mkdir -p "$fetch/src" && echo 'fn main() {}' >"$fetch/src/main.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s = { version = "=%s", default-features = false }\n' "$1" "$2" >"$fetch/Cargo.toml"
    (cd "$fetch" && cargo vendor -q vendor >/dev/null)
    mv "$fetch/vendor/$1" "$crate" && rm -rf "$fetch" "$crate/.cargo-checksum.json"
    cp -r "$crate" "$1"
  fi
  cp -a "$crate/tests" "$1" && cd "$1"
}

# pypi_source PACKAGE VERSION FOLDER PACKAGES: a source distribution in $SUITES_CACHE/FOLDER, as it was published, each time;
# FOLDER.venv has it installed, with pytest and the packages named after it
pypi_source() {
  python=$SUITES_CACHE/$3.venv/bin/python
  if [ ! -e "$3.venv/.complete" ]; then
    python3 -m venv "$3.venv"
    "$python" -m pip -q download --no-binary "$1" --no-deps "$1==$2" -d "$3.download"
    "$python" -m pip -q install "$3.download"/*.tar.* pytest==8.4.1 pytest-timeout==2.4.0 pytest-mock==3.14.1
    "$python" -m pip -q install "${@:4}"
    touch "$3.venv/.complete"
  fi
  mkdir -p "$3" && tar xf "$3.download"/*.tar.* --strip-components 1 -C "$3" && cd "$3"
}

# edit FILE PYTHON: changes the text `s` of a file
edit() {
  python3 - "$1" "$2" <<'P'
import re, sys
path, code = sys.argv[1:]
scope = {'re': re, 's': open(path).read()}
exec(code, scope)
open(path, 'w').write(scope['s'])
P
}
