// The error that every layer below the addon throws; the addon turns it into a JavaScript error with this
// code. Layer: base. SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace native_conv {

enum class ErrorCode { option, shape, dtype, algorithm, too_large, overlap, queue, internal, cancelled };

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace native_conv
