// The version that every program prints. Any thread.
#pragma once

namespace sam {
inline constexpr const char* kVersion = "0.1.0";
}
