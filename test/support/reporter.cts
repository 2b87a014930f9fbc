// mocha's spec reporter, followed by one plain last line for scripts to read: `N passed, N failed`.
// CommonJS, because mocha loads reporters by `require`.
// SPDX-License-Identifier: MIT

import Mocha = require('mocha');

class SummaryReporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    process.stdout.write(`${this.stats.passes} passed, ${this.stats.failures} failed\n`);
  }
}

export = SummaryReporter;
