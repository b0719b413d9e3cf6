// What people and programs write in a storm, in several languages. Made up for the simulator: the guard never
// sees this room. Constant data, any thread.
#pragma once

#include <span>
#include <string_view>

namespace breakwater::opponents {

enum class StormVoice { remove, why, stop, joke, automatic, work };

std::span<const std::string_view> storm_phrases(StormVoice voice);
std::span<const std::string_view> storm_signatures();
std::span<const std::string_view> storm_fresh_subjects();
std::span<const std::string_view> storm_reply_markers();      // "Re: "
std::span<const std::string_view> storm_automatic_markers();  // "Automatic reply: "

}  // namespace breakwater::opponents
