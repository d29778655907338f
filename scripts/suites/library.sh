# For the scripts beside this file. SUITES_CACHE: a folder that stays; KAFKA_PORT: where the broker listens on 127.0.0.1.
set -euo pipefail
export GOFLAGS='-mod=mod -buildvcs=false' GOMAXPROCS=${GOMAXPROCS:-2}
cd "$SUITES_CACHE"

# Sources are as they were published, each time; the scripts change them where they must.

# go_source MODULE VERSION NAME: goes to a writable copy of a module's source, $SUITES_CACHE/NAME-VERSION
go_source() {
  local dir
  dir=$(go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  mkdir -p "$3-$2" && cp -r "$dir/." "$3-$2" && chmod -R u+w "$3-$2" && cd "$3-$2"
}

# crate_source NAME VERSION: goes to a writable copy of a crate's source, $SUITES_CACHE/NAME-VERSION
crate_source() {
  local crate=$SUITES_CACHE/$1-$2.crate
  if [ ! -e "$crate" ]; then
    local fetch=$SUITES_CACHE/$1-$2.fetch
    rm -rf "$fetch" && mkdir -p "$fetch/src" && echo 'fn main() {}' >"$fetch/src/main.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s = { version = "=%s", default-features = false }\n' "$1" "$2" >"$fetch/Cargo.toml"
    (cd "$fetch" && cargo vendor -q vendor >/dev/null)
    mv "$fetch/vendor/$1" "$crate" && rm -rf "$fetch" "$crate/.cargo-checksum.json"
    cp -r "$crate" "$1-$2"
  fi
  cp -a "$crate/tests" "$1-$2" && cd "$1-$2"
}

# pypi_source PACKAGE VERSION PACKAGES: goes to the source distribution, $SUITES_CACHE/PACKAGE-VERSION; $python is of an environment that has
# it installed, with pytest and the packages named after it
pypi_source() {
  local name=$1-$2
  python=$SUITES_CACHE/$name.venv/bin/python
  if [ ! -e "$name.venv/.complete" ]; then
    python3 -m venv "$name.venv"
    "$python" -m pip -q download --no-binary "$1" --no-deps "$1==$2" -d "$name.download"
    "$python" -m pip -q install "$name.download"/*.tar.*
    "$python" -m pip -q install pytest==8.4.1 pytest-timeout==2.4.0 pytest-mock==3.14.1 "${@:3}"
    touch "$name.venv/.complete"
  fi
  mkdir -p "$name" && tar xf "$name.download"/*.tar.* --strip-components 1 -C "$name" && cd "$name"
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
