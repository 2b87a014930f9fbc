// What the process must know of us, whose threads outlive every environment. Layer: addon.
// SPDX-License-Identifier: MIT
#pragma once

namespace native_conv {

// Keeps the library loaded when the last worker that loaded it ends, since threads of the pool sleep in it,
// and has the pool stopped when the process exits. Again: nothing.
void outlive_environments();

}  // namespace native_conv
