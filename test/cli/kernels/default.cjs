// CommonJS: one function, of whichever operator --op names; it takes no call.
// SPDX-License-Identifier: MIT

module.exports = () => null;
