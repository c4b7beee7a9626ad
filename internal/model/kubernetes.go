package model

// AssumedKubernetes is the minor version of Kubernetes that everything is rendered
// for and judged by where the repository's file names none: the oldest that the
// project supported in November 2026 (https://kubernetes.io/releases/).
const AssumedKubernetes = "1.35"
