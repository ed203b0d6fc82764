"""What a program that we start may know of the user's environment.

An allow-list: what programs need to find their files, nothing that steers Python, pytest, a framework or a database
behind the contract's back.
"""

from __future__ import annotations

import os

ALLOWED = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP"),  # every program
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),  # Windows
    *("USERPROFILE", "HOMEDRIVE", "HOMEPATH", "PROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "NIX_LD", "NIX_LD_LIBRARY_PATH"),  # libraries in unusual places
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"),  # TLS behind a company's proxy
    *("JAVA_HOME", "JDK_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "GRADLE_USER_HOME"),  # Java and Kotlin
    *("GOPATH", "GOROOT", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN"),  # Go
    *("NODE_PATH", "NVM_DIR", "NVM_BIN", "PNPM_HOME", "VOLTA_HOME", "BUN_INSTALL", "DENO_DIR", "COREPACK_HOME"),  # Node
    *("CARGO_HOME", "RUSTUP_HOME", "DOTNET_ROOT", "GEM_HOME", "GEM_PATH", "RBENV_ROOT", "PYENV_ROOT"),  # and the others
    *("ASDF_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR", "UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR", "XDG_CACHE_HOME"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST"),
)


def allowed() -> dict[str, str]:
    """The part of our environment that a program of the learner's may see."""
    return {name: value for name, value in os.environ.items() if name.upper() in ALLOWED or name.startswith("LC_")}
