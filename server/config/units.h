// Durations ("90s", "5m", "1h30m", "5d") and sizes ("10MiB", "64 KiB", "500kB"), read and written. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakwater::config {

// Milliseconds. Numbers with ms, s, m, h, d, largest first; nullopt: malformed, or more than ten thousand
// days.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::string format_duration(std::int64_t ms);  // "5m", "1h30m", "0s"

// Bytes. One number with B, KiB, MiB, GiB, TiB (powers of 1024) or kB, MB, GB, TB (powers of 1000), in any
// case.
std::optional<std::int64_t> parse_size(std::string_view text);
std::string format_size(std::int64_t bytes);  // "10MiB", "1500B"

}  // namespace breakwater::config
