#include "lib/archive/network-disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "lib/mem.h"

#define FUSE 0x65735546UL /* FUSE_SUPER_MAGIC of Linux */

/* magic numbers as in statfs(2) */
static const unsigned long network[] = {
	0x6969, /* NFS */
	0x517b, /* SMB */
	0xff534d42, /* CIFS */
	0xfe534d42, /* SMB2 */
	0x5346414f, /* AFS */
	0x01021997, /* 9P */
	0x73757245, /* Coda */
	0x00c36400, /* Ceph */
	0x564c, /* NCP */
	0x0bd00bd0, /* Lustre: its LL_SUPER_MAGIC */
	0x47504653, /* GPFS: "GPFS" */
	0x786f4256, /* VirtualBox: VBOXSF_SUPER_MAGIC of Linux's vboxsf */
};

/* Of FUSE some are disks of this machine (ntfs-3g, mergerfs), these are not. */
static const char *const fuse_network[] = { "fuse.sshfs", "fuse.rclone",
	"fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.glusterfs",
	"fuse.curlftpfs", "fuse.smbnetfs", "fuse.mfs", "fuse.juicefs",
	"fuse.ceph-fuse" };

/* Whether LINE of mountinfo (proc_pid_mountinfo(5)) is of such a disk. davfs2
 * says no more than "fuse", of an address, mount-s3 of its own name. */
static bool
is_fuse_network(const char *line)
{
	const char *type = strstr(line, " - ");
	size_t i, n;

	if (type == NULL)
		return false;
	type += 3;
	n = strcspn(type, " ");
	for (i = 0; i < COUNT(fuse_network); i++) {
		if (strlen(fuse_network[i]) == n &&
		    strncasecmp(type, fuse_network[i], n) == 0)
			return true;
	}
	if (strncmp(type, "fuse ", 5) != 0)
		return false;
	n = strcspn(type + 5, " ");
	return memmem(type + 5, n, "://", 3) != NULL ||
	    (n == strlen("mountpoint-s3") &&
		strncmp(type + 5, "mountpoint-s3", n) == 0);
}

/* Whether LINE is of the mount of DEVICE, "MAJOR:MINOR ", its third field. */
static bool
is_of(const char *line, const char *device)
{
	int field;

	for (field = 0; field < 2 && line != NULL; field++) {
		line = strchr(line, ' ');
		if (line != NULL)
			line++;
	}
	return line != NULL && strncmp(line, device, strlen(device)) == 0;
}

/* Whether the mount that DEV is of is such a disk. */
static bool
is_mounted_from_far(dev_t dev)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char device[40], *line = NULL;
	size_t cap = 0;
	bool far = false;

	if (f == NULL)
		return false;
	snprintf(device, sizeof(device), "%u:%u ", major(dev), minor(dev));
	while (!far && getline(&line, &cap, f) > 0)
		far = is_of(line, device) && is_fuse_network(line);
	free(line);
	fclose(f);
	return far;
}

bool
network_disk_has(const char *folder)
{
	struct statfs fs;
	struct stat st;
	unsigned long type;
	size_t i;

	if (statfs(folder, &fs) < 0)
		return false;
	/* f_type is 32 bits wide on some machines, signed on others */
	type = (unsigned long)fs.f_type & 0xffffffffUL;
	for (i = 0; i < COUNT(network); i++) {
		if (type == network[i])
			return true;
	}
	return type == FUSE && stat(folder, &st) == 0 &&
	    is_mounted_from_far(st.st_dev);
}
