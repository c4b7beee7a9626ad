// Package checks is the catalogue: what Seaworthy looks for, one file a check.
// A check sees a Pass and nothing else; it opens no file, formats no line number
// and knows no GitHub.
package checks

import "github.com/seaworthy-dev/seaworthy/internal/review"

// All are the checks, sorted by id. This is the only place that lists them.
var All = []*review.Check{
	backendrefMissing,
	baseRootRemoved,
	certrefMissing,
	danglingClaim,
	danglingConfig,
	danglingHPATarget,
	danglingMonitor,
	danglingService,
	danglingServiceAccount,
	duplicateOwner,
	hostAccess,
	imageTagMutable,
	immutableFieldChange,
	issuerRefMissing,
	networkPolicyRemoved,
	objectPruned,
	parentrefMissing,
	pdbBlocksDrain,
	pdbIneffective,
	pdbMissing,
	podSecurityRejected,
	probesMissing,
	pssEnforceWeakened,
	pvcShrunk,
	rbacClusterAdmin,
	rbacWildcard,
	replicasZero,
	securityContextHardening,
	selectorChanged,
	serviceExposed,
	workloadResourcesMissing,
}
