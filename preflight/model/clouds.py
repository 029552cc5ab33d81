"""What each cloud calls the things that a remedy speaks of."""

from __future__ import annotations

from typing import Final

from preflight.model.identity import Provider

ANY: Final = {
    "annotation": "the annotation of workload identity (eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account or "
    "azure.workload.identity/client-id)",
    "log_in": "log in with the cloud's command line",
    "projection": "the cloud's webhook",
    "issuer": "the cloud's token service",
    "bundle": "AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE",
    "shadowing": "the other credentials",
    "provider": "<provider>",
}
"""Where the cloud is not known."""

CLOUDS: Final[dict[str, dict[str, str]]] = {
    Provider.AWS: {
        "provider": Provider.AWS,
        "annotation": "the annotation eks.amazonaws.com/role-arn, or an EKS Pod Identity association",
        "log_in": "log in (`aws sso login`) or set AWS_PROFILE",
        "projection": "the EKS webhook, or the Pod Identity agent,",
        "issuer": "sts.<region>.amazonaws.com (with EKS Pod Identity to its agent on the node, 169.254.170.23)",
        "bundle": "AWS_CA_BUNDLE",
        "shadowing": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or whatever the evidence names)",
    },
    Provider.GCP: {
        "provider": Provider.GCP,
        "annotation": "the annotation iam.gke.io/gcp-service-account",
        "log_in": "log in (`gcloud auth application-default login`)",
        "projection": "the credential configuration",
        "issuer": "the metadata server, sts.googleapis.com and iamcredentials.googleapis.com",
        "bundle": "REQUESTS_CA_BUNDLE",
        "shadowing": "GOOGLE_APPLICATION_CREDENTIALS",
    },
    Provider.AZURE: {
        "provider": Provider.AZURE,
        "annotation": "the annotation azure.workload.identity/client-id, and its pods the label "
        '`azure.workload.identity/use: "true"`',
        "log_in": "log in (`az login`)",
        "projection": "the workload identity webhook",
        "issuer": "login.microsoftonline.com, or the authority of the cloud in use,",
        "bundle": "REQUESTS_CA_BUNDLE",
        "shadowing": "AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH",
    },
}
