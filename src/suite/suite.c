/* What the library says for each tool: who does what in this suite. */
#include "lib/program/suite.h"

const struct suite suite = {
	.index = "gp-index",
	.init = "gp-index --init",
	.restore = "gp-index --restore FILE",
	.rebuild = "gp-index --rebuild",
	.check = "gp-index --check",
	.stats = "gp-index --stats",
	.token = "gp-auth token",
	.login = "gp-auth login",
	.status = "gp-auth status",
};
