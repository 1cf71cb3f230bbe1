"""The Lujiazui wind hazard 陆家嘴城市风灾风险场景."""
