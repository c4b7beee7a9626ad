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
	crdScopeChanged,
	danglingClaim,
	danglingConfig,
	danglingHPATarget,
	danglingMonitor,
	danglingService,
	danglingServiceAccount,
	duplicateOwner,
	envPlaintextSecret,
	hostAccess,
	hpaReplicasConflict,
	imageNotDigestPinned,
	imageRegistryLocal,
	imageRegistryUntrusted,
	imageTagMutable,
	immutableFieldChange,
	issuerRefMissing,
	limitrangeQuotaMissing,
	netpolDefaultDenyMissing,
	networkPolicyRemoved,
	objectPruned,
	objectsNamespaceMoved,
	parentrefMissing,
	pdbBlocksDrain,
	pdbIneffective,
	pdbMissing,
	plaintextSecret,
	podSecurityRejected,
	probesMissing,
	pssEnforceWeakened,
	pssLabelMissing,
	pvcShrunk,
	rbacClusterAdmin,
	rbacWildcard,
	replicasZero,
	securityContextHardening,
	selectorChanged,
	serviceExposed,
	singleReplica,
	sopsDecrypted,
	workloadResourcesMissing,
}
