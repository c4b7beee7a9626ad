package ballast

import "golang.org/x/sys/unix"

func largePages(room []byte) {
	_ = unix.Madvise(room, unix.MADV_HUGEPAGE) // a kernel without them goes on as it would
}
