# What the set-up scripts share; source it in the project's root.

say() { printf '· %s\n' "$*" >&2; }
fail() { printf 'Lỗi: %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
may_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
apt_install() {
    say "Cài từ Debian: $*"
    local get=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    "${get[@]}" install -y "$@" >/dev/null 2>&1 ||
        { "${get[@]}" update >/dev/null 2>&1 && "${get[@]}" install -y "$@" >/dev/null 2>&1; }
}

need_postgresql() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && return
    may_install && apt_install postgresql || fail "Thiếu PostgreSQL. Cài: sudo apt install postgresql"
}

need_chromium() {
    command -v chromium >/dev/null && return
    may_install && apt_install --no-install-recommends chromium || fail "Thiếu Chromium. Cài: sudo apt install chromium"
}

works() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

find_uv() {
    # A pyenv shim named uv may exist and yet not run, so each candidate is tried.
    local candidate
    for candidate in "$(command -v uv || true)" .cache/uv/bin/uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/uv; do
        if works "$candidate"; then echo "$candidate"; return; fi
    done
}

install_uv() {
    local python
    python=$(command -v python3) || fail "Không có python3. Cài: sudo apt install python3 python3-venv"
    say "Cài uv vào .cache/uv"
    "$python" -m venv .cache/uv >/dev/null 2>&1 ||
        { may_install && apt_install python3-venv && "$python" -m venv --clear .cache/uv; } ||
        fail "Không tạo được môi trường Python. Cài: sudo apt install python3-venv"
    .cache/uv/bin/python -m pip install -q --disable-pip-version-check uv ||
        fail "Không tải được uv từ PyPI. Kiểm tra mạng rồi chạy lại."
}

find_python() { # VERSION
    # uv looks on PATH and among its own; pyenv's versions need not be on PATH.
    local candidate
    for candidate in "$("$uv" python find --no-project "$1" 2>/dev/null || true)" "$(command -v "python$1" || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1"*/bin/"python$1"; do
        if works "$candidate"; then echo "$candidate"; return; fi
    done
}

need_uv() {
    uv=$(find_uv)
    [ -n "$uv" ] || { install_uv; uv=.cache/uv/bin/uv; }
}

need_python() { # VERSION
    python=$(find_python "$1")
    if [ -z "$python" ]; then
        say "Không có Python $1; uv tải về"
        "$uv" python install "$1" || fail "Không tải được Python $1. Cài Python $1 (ví dụ bằng pyenv) rồi chạy lại."
        python=$(find_python "$1")
    fi
}
