"""Common words in names of places: Chinese, and their English translations.

One line is one Chinese word and the English ones, each a single word in lower case; a word of several is listed under
each of them (交易所 is an exchange, and 证券 what is exchanged). Names of firms and people are not listed: they are
compared by their sound, and one with a foreign name of its own (震旦, Aurora) cannot be recognised.
"""

from collections import defaultdict

# Kinds of places. Sources omit these, or choose another of them, so they are weak evidence.
KINDS = """
大厦 tower building mansion plaza dasha
大楼 building tower dalou
楼 building tower house lou
塔 tower
中心 center centre central zhongxin
广场 plaza square guangchang
商厦 mall store building
商场 mall shopping store
购物中心 mall shopping center centre
大酒店 hotel
酒店 hotel jiudian
饭店 hotel restaurant fandian
宾馆 hotel guesthouse
公寓 apartment apartments residence residences gongyu
小区 estate community residential quarter
花园 garden gardens huayuan
苑 garden gardens court yuan
园 garden park yuan
总部 headquarters
集团 group
公司 company corporation
有限公司 ltd limited company
路 road rd lu
大道 avenue boulevard promenade dadao
街 street st jie
公路 highway road
路口 road crossing
线 line
号线 line
镇 town township
城 city town
村 village
岛 island
区 zone district area
大街 street avenue dajie
弄 lane alley
巷 lane alley
支路 road branch
站 station
江 river
河 river creek
浜 creek
港 creek harbor harbour port
泾 creek
塘 creek pond
湖 lake pond
街道 subdistrict
步道 promenade walkway
上海 shanghai
上海市 shanghai
浦东 pudong
浦东新区 pudong
陆家嘴 lujiazui
"""
# Other words of names that are translated rather than spelt by their sound.
WORDS = """
银行 bank banking
金融 financial finance
国际 international intl
环球 world global universal
世界 world
世纪 century
东方 oriental orient eastern east
中国 china chinese
中华 china chinese
人民 people peoples
民族 national nationalities
国家 national state
交易所 exchange
交易 exchange trade trading
证券 securities stock
期货 futures
保险 insurance
信托 trust
投资 investment
资产 asset assets
商务 business commercial
商业 commercial business commerce
贸易 trade trading
经贸 trade
会议 convention conference congress meeting
会展 exhibition convention expo
展览 exhibition exhibitions
世博 expo
博览 expo exhibition
信息 information info
科技 technology science tech
科学 science sciences
技术 technology
软件 software
创新 innovation
研究 research
研究院 institute academy
研究所 institute
大学 university
学院 college institute academy school
学校 school
中学 school middle high secondary
小学 school primary elementary
幼儿园 kindergarten
实验 experimental
外国语 foreign language languages
医院 hospital
诊所 clinic
药房 pharmacy
药店 pharmacy drugstore
卫生 health
艺术 art arts
文化 culture cultural
美术馆 museum gallery art
博物馆 museum
纪念馆 memorial museum hall
图书馆 library
科技馆 museum science technology
体育 sports sport
体育馆 gymnasium stadium indoor
足球场 stadium football
足球 football soccer
游泳馆 swimming pool center
游泳 swimming
赛车场 circuit racetrack
儿童 childrens children kids
医学 medical
开发区 zone development
保税区 zone trade free
大学城 university town
财经 finance economics
理工 science technology engineering
会计 accounting
师范 normal education
客运 passenger cruise
旅游 tourism tourist resort
度假 resort holiday
动物 animal
旗舰店 flagship store
酒 wine
体育场 stadium
体育中心 stadium sports
剧院 theater theatre
大剧院 theater theatre opera
影城 cinema cinemas
电影院 cinema
音乐 music
音乐厅 hall concert
歌剧 opera
电视 tv television
广播 radio broadcasting
明珠 pearl
海洋 ocean marine
水族馆 aquarium
昆虫 insect
植物园 botanical
自然 natural nature
野生 wild
公园 park
动物园 zoo animal park
绿地 green greenland
滨江 riverside binjiang
海 sea ocean
外滩 bund waitan
桥 bridge
大桥 bridge
隧道 tunnel
地道 tunnel underpass
环 ring
环路 ring
环岛 roundabout
高架 elevated
高速 expressway
立交 interchange
码头 wharf pier dock
渡口 ferry
机场 airport
航站楼 terminal
火车站 railway station
地铁 metro subway
停车场 parking
庙 temple
寺 temple
教堂 church cathedral
清真寺 mosque
海关 customs custom
邮政 post postal
邮局 post
派出所 police
公安 police security
法院 court
政府 government
消防 fire
超市 supermarket market
市场 market
百货 department store
餐厅 restaurant
咖啡 coffee cafe
茶 tea
观光 sightseeing observation
观光厅 observatory observation deck
电信 telecom telecommunications
电力 power electric
石油 petroleum oil
钢铁 steel iron
航空 airlines aviation air
航运 shipping
海运 shipping marine
建设 construction
建筑 construction architecture architectural
发展 development
开发 development
置地 land properties
黄金 gold golden
新 new
老 old
大 big great grand large
陕西 shaanxi
国金 ifc
东 east eastern
南 south southern
西 west western
北 north northern
中 middle central mid
1 1st first one
一 1 1st first one
2 2nd second two
二 2 2nd second two
3 3rd third three
三 3 3rd third three
4 4th fourth four
四 4 4th fourth four
5 5th fifth five
五 5 5th fifth five
6 6th sixth six
六 6 6th sixth six
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    lines = (line.split() for line in table.strip().splitlines())
    return {chinese: tuple(english) for chinese, *english in lines}


def _inverted(words: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the Chinese words of each English word, the longest first."""
    chinese_of: dict[str, list[str]] = defaultdict(list)
    for chinese, english in words.items():
        for word in english:
            chinese_of[word].append(chinese)
    return {word: tuple(sorted(terms, key=len, reverse=True)) for word, terms in chinese_of.items()}


KIND_TERMS = _read(KINDS)
TERMS = _read(WORDS) | KIND_TERMS
CHINESE_OF = _inverted(TERMS)
KIND_WORDS = frozenset(word for english in KIND_TERMS.values() for word in english)
LONGEST_TERM = max(map(len, TERMS))
