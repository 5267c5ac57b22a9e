"""Files that by their names hold keys and passwords, and so are not searched."""

from __future__ import annotations

from . import ignore

RULES = ignore.parse(
    """
.env
.env.*
*.env
.envrc
!.env.example
!.env.sample
!.env.template
!.env.dist
!example.env
!sample.env
*.pem
*.key
*.p12
*.pfx
*.jks
*.keystore
*.kdbx
*.ppk
*.asc
*.gpg
id_rsa
id_dsa
id_ecdsa
id_ed25519
id_*.pub
.netrc
_netrc
.pgpass
.my.cnf
.htpasswd
.pypirc
.npmrc
.yarnrc
.dockercfg
.git-credentials
.aws/
.ssh/
.gnupg/
.kube/
.azure/
.docker/config.json
.config/gcloud/
credentials
credentials.json
credentials.y*ml
credentials.toml
credentials.ini
client_secret*.json
service-account*.json
service_account*.json
secrets.json
secrets.y*ml
secrets.toml
*.tfstate
*.tfstate.*
*.tfvars
terraform.rc
jupyter_cookie_secret
"""
)
"""In the syntax of `.gitignore`."""
