"""Word lists for people who do not exist: surnames and given names by frequency, places, employers."""

# Surname and its share in ten thousand, after the public-security ministry's yearly name reports.
SURNAMES = (
    "王:720 李:718 张:677 刘:517 陈:453 杨:308 黄:220 赵:209 吴:204 周:202 徐:146 孙:141 马:129 朱:126 "
    "胡:120 郭:117 何:115 林:114 高:113 罗:105 郑:94 梁:93 谢:80 宋:78 唐:73 许:72 邓:72 韩:69 冯:68 曹:63 "
    "彭:61 曾:60 肖:58 田:57 董:56 潘:51 袁:50 蔡:49 蒋:48 余:47 于:46 杜:45 叶:44 程:44 魏:43 苏:43 吕:42 丁:41 "
    "任:40 卢:38 姚:38 沈:37 钟:37 姜:36 崔:35 谭:35 陆:34 范:33 汪:33 廖:32 石:31 金:31 韦:29 贾:29 夏:28 付:27 "
    "方:27 邹:26 熊:26 白:25 孟:25 秦:25 邱:24 侯:24 江:23 尹:22 薛:22 闫:21 段:21 雷:20 龙:20 史:19 欧阳:6 诸葛:2"
)
# From the names of the 1950s to those of today: a draw goes with the year of birth.
GIVEN_MALE = (
    "建国 建华 国强 德胜 志强 志明 振华 永强 立新 学文 光远 启明 海涛 少华 军 勇 强 刚 平 辉 明 华 "
    "伟 斌 波 杰 涛 磊 超 鹏 飞 鑫 晓峰 健 林 宁 龙 阳 凯 浩 帆 帅 旭 宇 俊 文博 绍辉 成林 "
    "云鹏 俊杰 家豪 明轩 兆丰 天佑 正豪 承志 逸飞 思远 景行 嘉诚 睿哲 泽宇 一鸣 宇航 浩然 子轩"
).split()
GIVEN_FEMALE = (
    "桂英 秀英 玉兰 淑珍 凤霞 秋菊 月华 彩云 丽华 美玲 玉 英 红 梅 萍 芳 春梅 惠敏 小红 海燕 敏 艳 "
    "霞 燕 玲 丽 娟 慧 莉 静 娜 晓燕 文静 洁 颖 婷 雪 琳 丹 倩 璐 蕾 薇 岚 佩珊 晓雯 静怡 "
    "安琪 清雅 可馨 念慈 书瑶 雅婷 佳怡 欣怡 思琪 梦瑶 婉清 紫萱 语嫣 诗涵 雨桐 若曦 梓涵"
).split()
ROADS = (
    "人民路 解放路 中山路 建设路 和平路 文化路 新华路 胜利街 长江路 黄河路 学府路 滨河路 青年路 朝阳路 "
    "光明街 友谊路 平安大街 花园路 体育路 科技路 创业路 银杏路 桂花街 梧桐路 望江路 临湖路 东风路 育才路"
).split()
ESTATES = (
    "锦绣花园 阳光新城 翠湖天地 金色家园 碧水湾 丽景苑 和谐家园 幸福里 万和城 书香名邸 江南春晓 盛世华庭 "
    "紫荆苑 东方雅居 绿洲花园 清风小区 梧桐苑 香榭丽舍 枫林绿苑 世纪新居"
).split()
BRANDS = (
    "福源 瑞丰 惠民 佳和 百味 金穗 鼎盛 聚贤 悦来 同心 祥云 永盛 兴隆 顺达 华联达 美佳 乐购多 万家福 益康源 "
    "仁德 嘉禾 天成 鸿运 满庭芳 一品 老街口 江南春 蜀香 粤味居 北方人家 老友记 小城故事 青禾 朴素 半亩 "
    "山野 听雨 木子 千寻 云上 星辰 晨光里 初见 乐活 欧尚达 亿联通 恒泰 盛德 信达通 中联顺"
).split()
# From the usual to the rare.
EMPLOYERS = (
    "科技有限公司 商贸有限公司 电子有限公司 物流有限公司 建筑工程有限公司 机械制造厂 食品有限公司 医药有限公司 "
    "服装有限公司 餐饮管理有限公司 汽车销售服务有限公司 文化传媒有限公司 教育咨询有限公司 置业有限公司 设计院"
).split()
# By schooling and pay: the first for graduates with good pay, the second for manual and shop work.
PROFESSIONS = "工程师 工程师 软件开发 公务员 教师 医生 律师 会计 设计师 研究人员 企业管理 企业管理 销售经理".split()
TRADES = "技术工人 技术工人 司机 厨师 服务员 客服 保安 快递员 店员 护工 销售 自由职业".split()
OCCUPATIONS = "公司职员 公司职员 行政管理 销售 销售 会计 护士 教师 公务员 客服 技术员 设计师 司机 自由职业".split()
# country : currency : yuan for one unit : share of the trips
COUNTRIES = (
    "HK:HKD:0.92:9 MO:MOP:0.89:5 JP:JPY:0.048:7 TH:THB:0.21:6 SG:SGD:5.4:4 KR:KRW:0.0052:4 "
    "US:USD:7.1:2 GB:GBP:9.2:1 FR:EUR:7.8:1 AU:AUD:4.7:1 MY:MYR:1.6:3 IT:EUR:7.8:1"
)
FOREIGN_SHOPS = (
    "CENTRAL STORE|SKY DUTY FREE|HARBOUR HOTEL|RAMEN HOUSE|CITY MART|METRO TRANSIT|BLUE CAFE|GRAND OUTLET|"
    "NIGHT MARKET|OCEAN PARK GATE|ROYAL DEPARTMENT|AIRPORT EXPRESS|OLD TOWN DINER|PHARMA PLUS|STYLE HOUSE"
)


def surname_tickets() -> list[str]:
    """Surnames repeated by frequency, for drawing by position."""
    pairs = (item.split(":") for item in SURNAMES.split())
    return [name for name, share in pairs for _ in range(max(1, int(share) // 6))]
