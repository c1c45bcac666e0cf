/// What is decided once, at start: from defaults, a file, the environment and flags, with one name for each thing in all of them.
///
/// Reading order: [KnownSettings], [Setting], [SettingType], [Settings], [SettingsReader].
@NullMarked
package io.jigress.app.settings;

import org.jspecify.annotations.NullMarked;
