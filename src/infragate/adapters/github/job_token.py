"""The token of a job of GitHub Actions, which AWS accepts in place of keys (OpenID Connect).

The runner offers it to a job with `permissions: id-token: write`, by two variables. Source:
https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

from urllib.parse import urlsplit

from infragate.adapters.local import settings
from infragate.domain.bootstrap.role_policies import OIDC_AUDIENCE
from infragate.domain.errors import BadInput, RemoteFailed

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
# If one is set, the job has AWS credentials of its own.
_OWN = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_TIMEOUT, _TRIES = 20, 3


def token() -> str | None:
    """A new token for AWS; None outside of a job that may ask for one, and where AWS credentials are set.

    Raises:
        BadInput: the variables would send the job's token without encryption.
        RemoteFailed: GitHub gives no token.
    """
    url, key = settings.read(URL), settings.read(TOKEN)
    if url is None or key is None or any(settings.read(name) for name in _OWN):
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise BadInput("the address of GitHub's tokens is not https", where=URL, fix="unset it; the runner sets it")
    return _fetched(url, key, parts.hostname)


def _fetched(url: str, key: str, host: str) -> str:
    import requests  # imported here: only a job needs it
    from requests.adapters import HTTPAdapter, Retry

    retries = Retry(total=_TRIES, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
    failure = "no answer"
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retries))
        try:
            answer = session.get(
                url,
                params={"audience": OIDC_AUDIENCE},
                headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
            failure = f"status {answer.status_code}"
            value = answer.json().get("value") if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, AttributeError) as error:
            raise _refused(host, type(error).__name__) from error
    if not isinstance(value, str) or not value:
        raise _refused(host, failure)
    return value


def _refused(host: str, why: str) -> RemoteFailed:
    fix = "check that the job has `permissions: id-token: write`, then run it again"
    return RemoteFailed(f"GitHub gave no token for AWS: {why}", where=host, fix=fix)
