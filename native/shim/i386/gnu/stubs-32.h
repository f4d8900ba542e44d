/* SPDX-License-Identifier: Apache-2.0
 *
 * glibc's <gnu/stubs.h> of x86-64 includes this file for -m32, and only gcc-multilib brings one. It names functions that are
 * there but do nothing; the shim calls none of them.
 */
